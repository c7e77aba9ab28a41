import { LOCALES, localize, type Locale, type TemplateDefinition } from '@trellis/metamodel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type from 'typebox'

import { RequestError } from '../../errors.ts'
import { checkRecordId, findObject } from '../../query/index.ts'
import { loadPrintout } from '../../query/load-printout.ts'
import { renderTemplate } from '../../templates/render-template.ts'
import { templatePaths } from '../../templates/template-paths.ts'
import { localeOf } from '../locale.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const closed = { additionalProperties: false } as const
const config = { policy: 'signed_in', surface: 'records' } as const
const PrintParams = Type.Object(
  { object: Type.String(), id: Type.String(), template: Type.String() },
  closed,
)
const LocaleQuery = Type.Object(
  { locale: Type.Optional(Type.Unsafe<Locale>({ type: 'string', enum: [...LOCALES] })) },
  closed,
)

/** A page made of a template runs nothing and loads nothing: it has its own styles and text. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"

/** Records as pages to print, made of the templates of their object. */
export function printRoutes(app: FastifyInstance, services: Services): void {
  const schema = {
    summary: 'A record as a page to print',
    tags: ['records'],
    params: PrintParams,
    querystring: LocaleQuery,
    produces: ['text/html'],
  }
  typedRoutes(app).get(
    '/api/v1/records/:object/:id/print/:template',
    { config, schema },
    async (request, reply) => {
      const context = services.contextOf(request)
      const { params, query } = request
      const object = findObject(context, params.object)
      const template = findTemplate(
        services.contextOf(request).release.model.templates.get(params.template),
        object.name,
      )
      const locale = query.locale ?? localeOf(request as FastifyRequest)
      const body = localize(template.body, locale)
      const data = await loadPrintout(context, {
        object,
        id: checkRecordId(params.id),
        paths: templatePaths(body),
        related: template.related ?? [],
        cursorKey: services.secrets.cursorKey,
      })
      const html = page({
        title: titleOf(data.record, localize(template.label, locale)),
        locale,
        body: renderTemplate(body, data, { locale, timeZone: context.actor.timeZone }),
      })
      return reply
        .type('text/html; charset=utf-8')
        .headers({
          'content-security-policy': POLICY,
          'x-robots-tag': 'noindex, nofollow',
          'content-language': locale,
          'cache-control': 'no-store',
        })
        .send(html)
    },
  )
}

function findTemplate(
  template: TemplateDefinition | undefined,
  object: string,
): TemplateDefinition {
  if (template?.type === 'print' && template.object === object) return template
  throw new RequestError('not_found')
}

/** What the browser proposes as the name of the file. */
function titleOf({ name }: Readonly<Record<string, unknown>>, label: string): string {
  return typeof name === 'string' ? `${label} ${name}` : label
}

function page({ title, locale, body }: { title: string; locale: Locale; body: string }): string {
  return `<!doctype html>
<html lang="${locale}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>${escape(title)}</title></head>
<body>
${body}
</body>
</html>
`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '')
}
