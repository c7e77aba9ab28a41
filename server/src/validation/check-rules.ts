import {
  LOCALES,
  type Locale,
  localize,
  type Message,
  type ValidationRuleDefinition,
} from '@trellis/metamodel'
import type { Evaluator } from '@trellis/metamodel'

import type { RecordChange } from '../effects/record-change.ts'
import { type Failure, failure, message } from '../errors.ts'
import { evaluationContext, type Surroundings } from './evaluation.ts'

/** A rule and its compiled condition. */
export interface ReadyRule {
  name: string
  definition: ValidationRuleDefinition
  evaluate: Evaluator
}

/**
 * Every rule that refuses the change, all at once; each failure stands at the rule's fields. A rule that cannot
 * be evaluated refuses too: letting it pass would make it silently void.
 */
export function checkRules(
  rules: readonly ReadyRule[],
  change: RecordChange,
  around: Surroundings,
): Failure[] {
  const context = evaluationContext(change, around)
  return rules.flatMap(({ name, definition, evaluate }) => {
    if (!(definition.on ?? ['create', 'update']).includes(change.op)) return []
    if (definition.bypass !== undefined && around.actor.rights.custom.has(definition.bypass)) {
      return []
    }
    const outcome = evaluateSafely(evaluate, context)
    if (outcome === false || outcome === null) return []
    const text =
      outcome === true
        ? inEveryLanguage(definition.message, name)
        : message(`The rule "${name}" could not be evaluated`, `规则“${name}”无法计算`)
    const places = definition.at && definition.at.length > 0 ? definition.at : ['']
    return places.map((place) => failure(place, 'rule_failed', text, { rule: name }))
  })
}

function evaluateSafely(
  evaluate: Evaluator,
  context: Parameters<Evaluator>[0],
): boolean | null | 'failed' {
  try {
    const outcome = evaluate(context)
    return typeof outcome === 'boolean' || outcome === null ? outcome : 'failed'
  } catch {
    return 'failed'
  }
}

function inEveryLanguage(text: Parameters<typeof localize>[0], name: string): Message {
  return Object.fromEntries(
    LOCALES.map((locale: Locale) => [locale, localize(text, locale, name)]),
  ) as Message
}
