import { DomainError, isUuid } from '@higress/kernel';
import { Injectable, type PipeTransform } from '@nestjs/common';

/** An id in a path. What is no UUID names nothing that is here. */
@Injectable()
export class IdPipe implements PipeTransform<string, string> {
  transform(text: string): string {
    if (!isUuid(text)) throw new DomainError('NOT_FOUND');
    return text.toLowerCase();
  }
}
