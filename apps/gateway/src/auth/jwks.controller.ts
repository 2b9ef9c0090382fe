import { AccessTokens } from '@higress/auth';
import { Controller, Get, Header } from '@nestjs/common';

/** The public halves of the keys that sign access tokens. */
@Controller('.well-known')
export class JwksController {
  constructor(private readonly tokens: AccessTokens) {}

  @Get('jwks.json')
  @Header('cache-control', 'public, max-age=300')
  async keys(): Promise<unknown> {
    return this.tokens.jwks();
  }
}
