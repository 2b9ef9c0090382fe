import { runCtl } from './src/run-ctl';

// `ctl … | head` closes the pipe when it has seen enough: that is no fault of anybody.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

void runCtl(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
