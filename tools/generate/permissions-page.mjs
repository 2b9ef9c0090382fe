const REACHES = { all: 'all', tenant: 'tenant', own: 'own', null: '–' };

/** `docs/permissions.md`: what each role may do, and what each management route needs. */
export function permissionsPage({ PERMISSIONS, ROLES, reachOf }, routes) {
  const heading = (...cells) => [`| ${cells.join(' | ')} |`, `|${' --- |'.repeat(cells.length)}`];
  const row = (...cells) => `| ${cells.join(' | ')} |`;
  const reaches = (permission) => ROLES.map((role) => REACHES[reachOf([role], permission)]);
  const byNeed = { anyone: ROLES.map(() => 'yes'), 'signed-in': ROLES.map(() => 'own') };
  const lines = [
    '# Permissions',
    '',
    '> Generated from `libs/auth/src/permissions.ts` and the management routes by `npm run generate`. Do not edit.',
    '',
    '`all`: over the whole installation. `tenant`: within the person’s tenant. `own`: what belongs to the person. –: refused with 403 `FORBIDDEN`. A person with several roles has the',
    'widest reach that one of them gives. What lies beyond it is 404, as if it did not exist; row-level security in Postgres enforces the same reach once more.',
    '',
    '## What the roles may do',
    '',
    ...heading('permission', 'lets one', ...ROLES),
    ...Object.entries(PERMISSIONS).map(([permission, { does }]) => row(`\`${permission}\``, does, ...reaches(permission))),
    '',
    '## What the routes need',
    '',
    'Paths are under `API_V1_STR`, `/api/v1`. `signed-in` is any access token, for what is the caller’s own; `anyone` needs none.',
    '',
    ...heading('route', 'needs', ...ROLES),
    ...routes.map(({ method, path, need }) => row(`\`${method} ${path}\``, `\`${need}\``, ...(byNeed[need] ?? reaches(need)))),
  ];
  return `${lines.join('\n')}\n`;
}
