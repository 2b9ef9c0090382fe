import { escapeHtml } from './escape-html';
import { page } from './page';

export interface LoginPage {
  /** `PROJECT_NAME`. */
  readonly project: string;
  /** What went wrong, in words for the visitor. */
  readonly fault?: string;
  /** Typed before, so that it need not be typed again. */
  readonly email?: string;
}

export function loginPage({ project, fault, email = '' }: LoginPage): string {
  return page(
    `${project}: queues`,
    `<h1>${escapeHtml(project)}</h1><p>Queues, for owners</p>
${fault === undefined ? '' : `<p role="alert">${escapeHtml(fault)}</p>`}
<form method="post" action="/login">
<label for="email">E-mail</label><input id="email" name="email" type="email" autocomplete="username" required value="${escapeHtml(email)}"${email ? '' : ' autofocus'}>
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required${email ? ' autofocus' : ''}>
<button>Log in</button>
</form>`,
  );
}
