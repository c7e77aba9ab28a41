import { type ExpressionScope, USER_PREFIX } from '../expression/index.ts'

/**
 * The path that a name in a formula means: as it is written, else without a regard for capitals, and as Salesforce
 * writes it (`Account__r.NumberOfEmployees`, `AccountId`, `$User.Email`). Undefined if there is no such field.
 *
 * @example resolvePath('Account.AnnualRevenue', scope) // 'account.annual_revenue'
 */
export function resolvePath(written: string, scope: ExpressionScope): string | undefined {
  return candidates(written).find((path) => scope.field(path) !== undefined)
}

/** The to-many relationship that a name means. */
export function resolveRelationship(written: string, scope: ExpressionScope): string | undefined {
  const names = [written, written.toLowerCase(), toSnakeCase(written)]
  return names.find((name) => scope.relationship?.(name) !== undefined)
}

function candidates(written: string): readonly string[] {
  const path = written.replace(/^\$User\./i, USER_PREFIX).replace(/^\$Record\./i, '')
  const spellings = [path, path.toLowerCase(), path.split('.').map(toSnakeCase).join('.')]
  const crossed = spellings.flatMap((one) => [
    one,
    one.replaceAll(/__r(?=\.)/gi, '__c'),
    one.replaceAll(/__r(?=\.)/gi, ''),
  ])
  // The id of a related record is what its field holds.
  const ids = crossed.flatMap((one) =>
    /[._]?id$/i.test(one) ? [one.replace(/[._]?id$/i, '')] : [],
  )
  return [...new Set([...crossed, ...ids])]
}

function toSnakeCase(word: string): string {
  return word.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
}
