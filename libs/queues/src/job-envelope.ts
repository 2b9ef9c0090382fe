import { UnrecoverableError } from 'bullmq';
import { z } from 'zod';
import type { JobContract } from './define-job';

/** A job's data as it lies in Redis. */
export interface JobEnvelope {
  readonly version: number;
  readonly payload: unknown;
}

const envelope = z.object({ version: z.number().int(), payload: z.unknown() });

/** @throws z.ZodError where the payload does not fit: a producer's own mistake, found before anything is queued. */
export function sealJob<P>(contract: JobContract<P>, payload: P): JobEnvelope {
  return { version: contract.version, payload: contract.payload.parse(payload) };
}

/**
 * The payload of a delivered job.
 * @throws UnrecoverableError where the version is not known here or the payload does not fit. Another try cannot help, so the job
 * fails at once and stays, with the reason, until somebody replays it on a worker that knows it.
 */
export function openJob<P>(contract: JobContract<P>, data: unknown): P {
  const sealed = envelope.safeParse(data);
  if (!sealed.success) throw new UnrecoverableError(`${contract.name}: this is not a job of ours`);
  const { version, payload } = sealed.data;
  if (version !== contract.version) throw new UnrecoverableError(`${contract.name}: version ${version} is not known here, only ${contract.version}`);
  const parsed = contract.payload.safeParse(payload);
  if (!parsed.success) throw new UnrecoverableError(`${contract.name}: the payload does not fit: ${faults(parsed.error)}`);
  return parsed.data;
}

/** Names fields and rules, never a value. */
function faults(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'payload'} (${issue.code})`).join(', ');
}
