import { createHash } from 'node:crypto';
import { loginPage } from './login-page';
import { logoutPage } from './logout-page';
import { PAGE_POLICY } from './page';

describe('the pages of the board', () => {
  it('show what was typed as text, never as HTML', () => {
    const html = loginPage({ project: '<b>P</b>', fault: '<i>f</i>', email: '"><script>alert(1)</script>' }) + logoutPage('<b>P</b>', "<u>'e'</u>");
    expect(html).not.toMatch(/<script|<b>|<i>|<u>/);
    expect(html).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
  });

  it('load nothing, and have a style that their policy allows', () => {
    const html = loginPage({ project: 'P' });
    expect(html).not.toMatch(/https?:|src=|@import|url\(/);
    const style = /<style>([^]*)<\/style>/.exec(html)?.[1] ?? '';
    expect(PAGE_POLICY).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
  });
});
