import { createHash } from 'node:crypto';
import { escapeHtml } from './escape-html';

const STYLE = `
:root { color-scheme: light dark; --ground: #f4f5f7; --card: #fff; --ink: #1c2430; --quiet: #667085; --line: #d0d5dd; --accent: #2f5fde; --bad: #b42318; --bad-ground: #fef3f2 }
@media (prefers-color-scheme: dark) { :root { --ground: #10141a; --card: #181e27; --ink: #e6e9ee; --quiet: #8b96a5; --line: #303946; --accent: #6c93ff; --bad: #ff9c92; --bad-ground: #2a1a1a } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
main { width: min(23rem, calc(100vw - 2rem)); padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px }
h1 { margin: 0; font-size: 1.25rem }
p { margin: .25rem 0 1.25rem; color: var(--quiet) }
label { display: block; margin: .9rem 0 .3rem; font-weight: 600 }
input { width: 100%; padding: .6rem .7rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: 8px }
input:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px }
button { width: 100%; margin-top: 1.4rem; padding: .65rem; font: inherit; font-weight: 600; color: #fff; background: #2f5fde; border: 0; border-radius: 8px; cursor: pointer }
[role=alert] { margin: 0 0 1rem; padding: .6rem .8rem; color: var(--bad); background: var(--bad-ground); border-radius: 8px }
a { color: var(--accent) }
`;

/** Our pages have no script, one style and one form; nothing is loaded from anywhere. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

/** A page of our own. `body` is HTML, everything in it escaped already. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main>${body}</main></body></html>
`;
}
