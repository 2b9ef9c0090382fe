/** Every queue there is. A worker takes any set of them; a job's contract names its one. */
export const QUEUES = ['default', 'internal', 'external', 'billing', 'retry'] as const;
export type QueueName = (typeof QUEUES)[number];
