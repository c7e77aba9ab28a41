/**
 * What a route over metadata declares: that it is for those who may customize, and what it does.
 * @example routes.get('/api/v1/meta/releases', metaSchema('The releases, newest first'), answer)
 */
export const metaSchema = (summary: string, more: object = {}) => ({
  config: { policy: 'customize', surface: 'meta' } as const,
  schema: { summary, tags: ['meta'], ...more },
})
