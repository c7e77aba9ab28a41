import type { Message } from '@trellis/metamodel'
import Handlebars from 'handlebars'

import { message } from '../errors.ts'

/** The helpers that a template may call; nothing else runs. */
export const TEMPLATE_HELPERS: Readonly<Record<string, boolean>> = {
  each: true,
  if: true,
  unless: true,
  with: true,
  money: true,
  rmb_capitals: true,
  date: true,
  sum: true,
  label: true,
  number: true,
  eq: true,
}

const MAX_LENGTH = 100_000

/** A template's tree, or why it is none. */
export interface ParsedTemplate {
  tree?: hbs.AST.Program
  fault?: Message
}

/**
 * Parses a template in its safe form: text only (a tree handed in from outside would run as code,
 * CVE-2026-33937), no partials, no decorators, no raw output, and only the helpers above.
 */
export function parseTemplate(text: unknown): ParsedTemplate {
  if (typeof text !== 'string') return { fault: message('A template is a text', '模板必须是文本') }
  if (text.length > MAX_LENGTH) {
    return { fault: message(`At most ${MAX_LENGTH} characters`, `最多 ${MAX_LENGTH} 个字符`) }
  }
  try {
    const tree = Handlebars.parse(text)
    const forbidden = findForbidden(tree)
    return forbidden ? { fault: forbidden } : { tree }
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n').slice(0, 3).join(' ') : ''
    return { fault: message(`Does not parse: ${reason}`, `无法解析：${reason}`) }
  }
}

/** The first thing in a tree that the safe form leaves out. */
function findForbidden(tree: hbs.AST.Program): Message | undefined {
  let found: Message | undefined
  const forbid = (what: string) => (): void => {
    found ??= message(`${what} are not allowed in templates`, `模板中不允许使用 ${what}`)
  }
  class Guard extends Handlebars.Visitor {
    override PartialStatement = forbid('Partials')
    override PartialBlockStatement = forbid('Partials')
    override Decorator = forbid('Decorators')
    override DecoratorBlock = forbid('Decorators')
    override MustacheStatement(mustache: hbs.AST.MustacheStatement): void {
      if (!mustache.escaped) forbid('Unescaped values')()
      super.MustacheStatement(mustache)
    }
    override PathExpression(path: hbs.AST.PathExpression): void {
      if (
        path.parts.some((part) => ['constructor', '__proto__', 'prototype'].includes(String(part)))
      ) {
        forbid('These names')()
      }
    }
  }
  new Guard().accept(tree)
  return found
}
