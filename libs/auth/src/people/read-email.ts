/** An e-mail address as it is kept and looked for: of spellings that look alike because they are of other widths or composed otherwise, one. Case is Postgres's matter. */
export const readEmail = (typed: string): string => typed.normalize('NFKC').trim();
