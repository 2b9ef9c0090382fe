import { Identity, Login, PasswordChanges, type TokenPair, type Visitor } from '@higress/auth';
import type { Requester } from '@higress/database';
import { Body, Get, HttpCode, Post } from '@nestjs/common';
import { ApiNoContentResponse } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { By, Caller, From } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { LoginDto, MeDto, PasswordChangeDto, PasswordResetDto, RefreshDto, TokensDto } from './auth.schema';

@ManagementController('auth')
export class AuthController {
  constructor(
    private readonly people: Login,
    private readonly passwords: PasswordChanges,
  ) {}

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

  @Get('me')
  @Needs('signed-in')
  @ZodResponse({ status: 200, type: MeDto })
  me(@Caller() { userId, email, tenantId, sessionId, roles, permissions }: Identity) {
    return { id: userId, email, tenant_id: tenantId, session_id: sessionId, roles: [...roles], permissions: [...permissions] };
  }

  @Post('password')
  @Needs('signed-in')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Every other session of the caller has ended.' })
  async changePassword(@Body() { current_password, new_password }: PasswordChangeDto, @By() by: Requester, @Caller() caller: Identity): Promise<void> {
    await this.passwords.change(by, caller, current_password, new_password);
  }

  /** Signs in at once: the address of who could set the password is then one that its owner has signed in from. */
  @Post('password/reset')
  @Needs('anyone')
  @ZodResponse({ status: 200, type: TokensDto })
  async resetPassword(@Body() { reset_token, new_password }: PasswordResetDto, @From() visitor: Visitor) {
    const { userId, tenantId } = await this.passwords.redeem(reset_token, new_password, visitor);
    return toTokens(await this.people.open(userId, tenantId, visitor));
  }
}

function toTokens({ accessToken, refreshToken, expiresInSeconds }: TokenPair) {
  return { access_token: accessToken, refresh_token: refreshToken, token_type: 'bearer' as const, expires_in: expiresInSeconds };
}
