import type { ObjectModel } from '@trellis/metamodel'
import Handlebars from 'handlebars'

import { message, RequestError } from '../errors.ts'
import { parseTemplate, TEMPLATE_HELPERS } from './parse-template.ts'
import { type RenderReader, templateHelpers } from './template-helpers.ts'

const MOST_ROUNDS = 50_000
const LONGEST_OUTPUT = 10_000_000
const LONGEST_MS = 3000

/** What a template is filled with. */
export interface TemplateData {
  /** The record, with its related lists by relationship name. */
  record: Readonly<Record<string, unknown>>
  /** Tells of which object a record in the data is. */
  objectOf(record: unknown): ObjectModel | undefined
}

/**
 * Fills a template in the safe form of Handlebars: an instance of its own, only the helpers of the list, no
 * prototypes, every value escaped. Loops are the only thing that can grow: they are bounded in rounds, in
 * length and in time.
 *
 * @throws RequestError validation_failed if the template does not parse, conflict if it grows out of bounds
 */
export function renderTemplate(text: string, data: TemplateData, reader: RenderReader): string {
  const { tree, fault } = parseTemplate(text)
  if (!tree) {
    throw new RequestError('validation_failed', {
      detail: fault ?? message('The template does not parse', '模板无法解析'),
    })
  }
  const instance = Handlebars.create()
  for (const name of ['lookup', 'log']) instance.unregisterHelper(name)
  instance.registerHelper({ ...templateHelpers(reader, data.objectOf), each: boundedEach() })
  const knownHelpers = { ...TEMPLATE_HELPERS, lookup: false, log: false }
  const render = instance.compile<unknown>(tree, { knownHelpers, knownHelpersOnly: true })
  return render(data.record, {
    allowProtoMethodsByDefault: false,
    allowProtoPropertiesByDefault: false,
  })
}

/** `{{#each list}}…{{else}}…{{/each}}` with `@index`, `@first`, `@last`, counted over the whole template. */
function boundedEach(): Handlebars.HelperDelegate {
  let rounds = 0
  let length = 0
  const until = performance.now() + LONGEST_MS
  return function each(this: unknown, list: unknown, options: Handlebars.HelperOptions): string {
    if (!Array.isArray(list) || list.length === 0) return options.inverse(this)
    return list
      .map((item: unknown, index) => {
        rounds += 1
        if (rounds > MOST_ROUNDS || length > LONGEST_OUTPUT || performance.now() > until) {
          throw tooMuch()
        }
        const frame = Handlebars.createFrame(options.data as object) as Record<string, unknown>
        Object.assign(frame, { index, first: index === 0, last: index === list.length - 1 })
        const part = options.fn(item, { data: frame })
        length += part.length
        return part
      })
      .join('')
  }
}

function tooMuch(): RequestError {
  return new RequestError('conflict', {
    detail: message('The template makes too much text', '模板生成的内容过多'),
  })
}
