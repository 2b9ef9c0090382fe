import { Body, Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { isDatabaseAway } from '@higress/database';
import { DomainError } from '@higress/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { loginPage } from '../pages/login-page';
import { logoutPage } from '../pages/logout-page';
import { PAGE_POLICY } from '../pages/page';
import { BoardSessions } from '../session/board-sessions';
import { isSameOrigin } from '../session/is-same-origin';
import { readSessionCookie, writeSessionCookie } from '../session/session-cookie';
import { loginForm } from './login.schema';

export const PROJECT = Symbol('PROJECT');

/** The board's own pages: in and out. */
@Controller()
export class LoginController {
  constructor(
    private readonly sessions: BoardSessions,
    @Inject(PROJECT) private readonly project: string,
  ) {}

  @Get()
  home(@Res() reply: FastifyReply): void {
    reply.redirect('/board', 302);
  }

  @Get('login')
  form(@Res() reply: FastifyReply): void {
    send(reply, 200, loginPage({ project: this.project }));
  }

  @Post('login')
  async logIn(@Body() body: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const form = loginForm.safeParse(body);
    const refuse = (status: number, fault: string) => send(reply, status, loginPage({ project: this.project, fault, email: form.data?.email }));
    if (!isSameOrigin(request.headers, request.host)) return refuse(403, 'This came from another site.');
    if (!form.success) return refuse(400, 'Type your e-mail address and your password.');
    try {
      const token = await this.sessions.open(form.data.email, form.data.password, { ip: request.ip, userAgent: request.headers['user-agent'] ?? null });
      reply.header('set-cookie', writeSessionCookie(token, this.sessions.lifeSeconds, request.protocol === 'https')).redirect('/board', 303);
    } catch (error) {
      if (error instanceof DomainError) return refuse(error.http, error.message);
      if (isDatabaseAway(error)) return refuse(503, 'The database is away. Try again in a moment.');
      throw error;
    }
  }

  @Get('logout')
  async farewell(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const session = await this.sessionOf(request);
    if (session) send(reply, 200, logoutPage(this.project, session.identity.email));
    else reply.redirect('/login', 302);
  }

  @Post('logout')
  async logOut(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (!isSameOrigin(request.headers, request.host)) return send(reply, 403, loginPage({ project: this.project, fault: 'This came from another site.' }));
    const session = await this.sessionOf(request);
    if (session) await this.sessions.close(session.identity);
    reply.header('set-cookie', writeSessionCookie('', 0, request.protocol === 'https')).redirect('/login', 303);
  }

  private async sessionOf(request: FastifyRequest) {
    const token = readSessionCookie(request.headers.cookie);
    return token ? this.sessions.identify(token) : null;
  }
}

function send(reply: FastifyReply, status: number, html: string): void {
  void reply.status(status).header('content-security-policy', PAGE_POLICY).type('text/html; charset=utf-8').send(html);
}
