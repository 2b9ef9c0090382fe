/** Required into the gateway by `--profile`: SIGUSR2 begins a CPU profile, the next SIGUSR2 ends it and writes it to BENCH_PROFILE. */
const { writeFileSync } = require('node:fs');
const { Session } = require('node:inspector');

const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.setSamplingInterval', { interval: 250 });
let isRunning = false;

process.on('SIGUSR2', () => {
  isRunning = !isRunning;
  if (isRunning) session.post('Profiler.start');
  else session.post('Profiler.stop', (error, { profile }) => error ?? writeFileSync(process.env.BENCH_PROFILE, JSON.stringify(profile)));
});
