import 'reflect-metadata';
import cluster from 'node:cluster';
import { readSettings, SettingsError } from '@higress/config';
import { tuneCollector } from './src/process/tune-collector';
import { runGateway } from './src/process/run-gateway';
import { supervise } from './src/process/supervise';

try {
  tuneCollector();
  const settings = readSettings('gateway');
  if (settings.GATEWAY_WORKERS > 1 && cluster.isPrimary) supervise(settings.GATEWAY_WORKERS);
  else void runGateway(settings);
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
