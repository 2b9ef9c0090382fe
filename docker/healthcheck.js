/** What the image's HEALTHCHECK runs: 0 when the service answers /health. Looks at nothing behind it, as a restart would mend nothing there. */
const PORTS = { gateway: ['PORT', 8000], worker: ['WORKER_PORT', 8011], scheduler: ['SCHEDULER_PORT', 8012], board: ['BOARD_PORT', 5555] };
const [name, usual] = PORTS[process.env.APP] ?? process.exit(0);

fetch(`http://127.0.0.1:${process.env[name] || usual}/health`, { signal: AbortSignal.timeout(2500) }).then(
  (answer) => process.exit(answer.ok ? 0 : 1),
  () => process.exit(1),
);
