/** What a route over metadata declares. */
export interface MetaSchema {
  config: { policy: 'customize'; surface: 'meta' }
  schema: object & { summary: string; tags: string[] }
}

/**
 * Says of a route that it is over metadata, for those who may customize, and what it does.
 * @example routes.get('/api/v1/meta/releases', metaSchema('The releases, newest first'), answer)
 */
export function metaSchema(summary: string, more: object = {}): MetaSchema {
  return {
    config: { policy: 'customize', surface: 'meta' },
    schema: { summary, tags: ['meta'], ...more },
  }
}

/** The same of a route that asks by POST: a repeat asks anew. */
export function metaQuestion(
  summary: string,
  more: object = {},
): MetaSchema & { config: { keepsAnswer: false } } {
  const said = metaSchema(summary, more)
  return { ...said, config: { ...said.config, keepsAnswer: false } }
}
