/** Quotes a name for DDL text, which a plan shows to people. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Quotes a value for DDL text; standard_conforming_strings is on, so that only quotes need doubling. */
export function quoteLiteral(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
