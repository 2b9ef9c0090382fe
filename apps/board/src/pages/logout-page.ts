import { escapeHtml } from './escape-html';
import { page } from './page';

export function logoutPage(project: string, email: string): string {
  return page(
    `${project}: log out`,
    `<h1>${escapeHtml(project)}</h1><p>You are ${escapeHtml(email)}. <a href="/board">Back to the queues</a></p>
<form method="post" action="/logout"><button>Log out</button></form>`,
  );
}
