import { runCtl } from './src/run-ctl';

void runCtl(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
