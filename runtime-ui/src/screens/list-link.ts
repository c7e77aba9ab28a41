import type { Expression } from '@trellis/metamodel'

/** A place in the runtime: what a router takes. */
export interface ListLink {
  path: string
  query: Record<string, string>
}

/** All criteria at once; undefined if there are none. */
export function allOf(...criteria: (Expression | undefined)[]): Expression | undefined {
  const given = criteria.filter((one) => one !== undefined)
  return given.length > 1 ? { and: given } : given[0]
}

/** That a field holds this value; null and undefined: that it holds none. */
export function fieldIs(field: string, value: unknown): Expression {
  const path = { var: field }
  if (value === null || value === undefined || value === '') return { is_blank: path }
  if (typeof value === 'object' && 'id' in value) return { '==': [path, String(value.id)] }
  return { '==': [path, value as string | number | boolean] }
}

/**
 * The list of an object with exactly these criteria, no view's own in between, so that it shows the very
 * records that a number was counted from. No criteria are written as an empty text: nothing written would
 * open the view that the reader left last.
 * @example listLink('contract', fieldIs('account', id)) // /o/contract?where={"==":[{"var":"account"},"…"]}
 */
export function listLink(object: string, where: Expression | undefined): ListLink {
  return {
    path: `/o/${object}`,
    query: { where: where === undefined ? '' : JSON.stringify(where) },
  }
}

/** A link as the text that stands in `href`. */
export function linkText({ path, query }: ListLink): string {
  const search = new URLSearchParams(query).toString()
  return search === '' ? path : `${path}?${search}`
}
