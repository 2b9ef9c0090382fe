import { DomainError } from '@higress/kernel';
import { ZodError } from 'zod';

/** One line for an operator, whatever was thrown. Settings' problems keep a line each. */
export function explainError(error: unknown): string {
  if (error instanceof ZodError) return error.issues.map((issue) => `${issue.path.join('.') || 'value'}: ${issue.message}`).join('; ');
  if (error instanceof DomainError) return `${error.message} (${error.code})`;
  if (!(error instanceof Error)) return String(error);
  return error.message || error.name;
}
