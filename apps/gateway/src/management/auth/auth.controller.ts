import { Identity, Login, type TokenPair, type Visitor } from '@higress/auth';
import { Body, Get, HttpCode, Post } from '@nestjs/common';
import { ApiNoContentResponse } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { Caller, From } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { LoginDto, MeDto, RefreshDto, TokensDto } from './auth.schema';

@ManagementController('auth')
export class AuthController {
  constructor(private readonly people: Login) {}

  @Post('login')
  @Needs('anyone')
  @ZodResponse({ status: 200, type: TokensDto })
  async login(@Body() { email, password }: LoginDto, @From() visitor: Visitor) {
    return toTokens(await this.people.login(email, password, visitor));
  }

  @Post('refresh')
  @Needs('anyone')
  @ZodResponse({ status: 200, type: TokensDto })
  async refresh(@Body() body: RefreshDto, @From() visitor: Visitor) {
    return toTokens(await this.people.refresh(body.refresh_token, visitor));
  }

  @Post('logout')
  @Needs('signed-in')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Its access and refresh tokens are refused everywhere within a second.' })
  async logout(@Caller() caller: Identity): Promise<void> {
    await this.people.logout(caller.sessionId);
  }

  @Post('logout-all')
  @Needs('signed-in')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Every session of the caller has ended.' })
  async logoutAll(@Caller() caller: Identity): Promise<void> {
    await this.people.logoutAll(caller.userId);
  }

  @Get('me')
  @Needs('signed-in')
  @ZodResponse({ status: 200, type: MeDto })
  me(@Caller() { userId, email, tenantId, sessionId, roles, permissions }: Identity) {
    return { id: userId, email, tenant_id: tenantId, session_id: sessionId, roles: [...roles], permissions: [...permissions] };
  }
}

function toTokens({ accessToken, refreshToken, expiresInSeconds }: TokenPair) {
  return { access_token: accessToken, refresh_token: refreshToken, token_type: 'bearer' as const, expires_in: expiresInSeconds };
}
