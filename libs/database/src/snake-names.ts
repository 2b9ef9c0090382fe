import { DefaultNamingStrategy } from 'typeorm';

/** `upstreamModel` is the column `upstream_model`. */
export class SnakeNames extends DefaultNamingStrategy {
  override columnName(property: string, custom: string | undefined): string {
    return custom ?? property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  }
}
