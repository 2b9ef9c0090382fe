import { count, percent, table } from './format.mjs';
import { overloadSection, scenarioSections, storesSection, twoSection } from './tables.mjs';
import { targetRows } from './targets.mjs';

/** The whole result as Markdown, for the terminal and for the docs alike. */
export function report({ versions, rounds, isQuick, summary, judged, books, steal, disturbedBy }) {
  const titles = {
    direct: { json: `direct: ${versions.nginx ? 'nginx' : 'own upstream'}`, stream: 'direct: own upstream' },
    floor: 'floor',
    peer: `Portkey ${versions.peer}`,
    postpaid: 'gateway, postpaid',
    prepaid: 'gateway, prepaid',
  };
  const parts = [
    `Commit ${versions.commit}, ${versions.date}. ${isQuick ? `A quick run, ${rounds} short round${rounds > 1 ? 's' : ''}: rough.` : `Medians of ${rounds} rounds.`}`,
    versionsLine(versions, steal),
    ...(disturbedBy === null ? [] : [`**Other programs kept the machine ${percent(disturbedBy)} busy when this began: read the ratios, and those with doubt.**`]),
    ...(judged.length > 0 ? [['### Targets, one process, everything on', table(['', 'measured', 'first', '', 'then', ''], targetRows(judged))].join('\n\n')] : []),
    ...scenarioSections(summary.compared, titles),
    ...storesSection(summary.compared, titles),
    ...overloadSection(summary.overload),
    ...twoSection(summary.two),
    ...(books ? [booksLine(books)] : []),
  ];
  return parts.join('\n\n');
}

function versionsLine(v, steal) {
  const parts = [`Node ${v.node}`, `Portkey ${v.peer} (hono ${v.hono})`, `undici ${v.undici}`, v.nginx ? `nginx ${v.nginx}` : 'no nginx', v.wrk ? `wrk ${v.wrk}` : 'no wrk'];
  if (v.postgres) parts.push(`Postgres ${v.postgres}`, `Redis ${v.redis}`);
  return `${parts.join(', ')}; ${v.machine}; the hypervisor took ${(steal * 100).toFixed(1)} % of the time.`;
}

/** No answer may be missing. There may be more: wrk drops those that are under way when its time is over, and they are charged all the same. */
export function areRight({ answered, rows, charges, holds }) {
  return rows >= answered && charges >= answered && holds === 0;
}

function booksLine(books) {
  const [answered, rows, charges] = [books.answered, books.rows, books.charges].map(count);
  const seen = `${rows} usage rows and ${charges} charges for ${answered} answers that the load counted, ${books.holds} holds left`;
  return areRight(books) ? `The books: ${seen}.` : `**The books are wrong**: ${seen}.`;
}
