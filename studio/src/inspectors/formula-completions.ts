import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  startCompletion,
} from '@codemirror/autocomplete'
import type { EditorView } from '@codemirror/view'
import {
  completeFormula,
  type ExpressionScope,
  type FieldCompletion,
  type FormulaFunction,
  tokenize,
  wordBefore,
} from '@trellis/metamodel'

/** What completion needs to know of the place, asked anew each time. */
export interface CompletionWords {
  scope: () => ExpressionScope | undefined
  /** What a function does, in the reader's language. */
  describe: (one: FormulaFunction) => string
  /** What kind of value a field has. */
  typeName: (field: FieldCompletion) => string
  /** Whether a path leads on to another object. */
  isReference: (path: string) => boolean
}

const MOST = 60

/** Functions and fields for the word before the cursor; within a text there is nothing to complete. */
export function formulaCompletions(
  words: CompletionWords,
): (context: CompletionContext) => CompletionResult | null {
  return ({ state, pos, explicit }) => {
    const scope = words.scope()
    const text = state.doc.toString()
    const before = text.slice(0, pos)
    const word = wordBefore(before)
    if (!scope || (word === '' && !explicit) || /^\d/.test(word) || isInText(text, pos)) return null
    const { functions, fields } = completeFormula(before, scope)
    const options = [
      ...fields.slice(0, MOST).map((field) => fieldOption(field, words)),
      ...functions.map((one) => functionOption(one, words)),
    ]
    return options.length === 0 ? null : { from: pos - word.length, options, filter: false }
  }
}

function isInText(text: string, at: number): boolean {
  return tokenize(text).tokens.some(
    ({ kind, from, to }) => kind === 'text' && from < at && at <= to,
  )
}

function fieldOption(field: FieldCompletion, words: CompletionWords): Completion {
  const { path, label = path } = field
  const isReference = words.isReference(path)
  return {
    label: path,
    detail: `${label} · ${words.typeName(field)}`,
    type: 'field',
    ...(isReference ? { apply: applyReference(path) } : {}),
  }
}

/** A reference is seldom meant by itself: what is behind it is offered next. */
function applyReference(path: string) {
  return (view: EditorView, _option: Completion, from: number, to: number): void => {
    const insert = `${path}.`
    view.dispatch({
      changes: { from, to, insert },
      selection: { anchor: from + insert.length },
      userEvent: 'input.complete',
    })
    startCompletion(view)
  }
}

function functionOption(one: FormulaFunction, words: CompletionWords): Completion {
  return {
    label: one.name,
    detail: words.describe(one),
    type: 'function',
    apply: (view, _option, from, to) => insertCall(view, one, { from, to }),
    info: () => signatureOf(one, words.describe(one)),
  }
}

/** Puts a call into the text, the cursor between its brackets. */
export function insertCall(
  view: EditorView,
  { name, signature }: FormulaFunction,
  { from, to }: { from: number; to: number },
): void {
  const hasBracket = view.state.sliceDoc(to, to + 1) === '('
  const insert = hasBracket ? name : `${name}()`
  const inside = signature === '' && !hasBracket ? insert.length : name.length + 1
  view.dispatch({
    changes: { from, to, insert },
    selection: { anchor: from + inside },
    userEvent: 'input.complete',
  })
}

function signatureOf({ name, signature }: FormulaFunction, description: string): HTMLElement {
  const dom = document.createElement('div')
  const call = document.createElement('div')
  call.className = 'formula-signature'
  call.textContent = `${name}(${signature})`
  dom.append(call, description)
  return dom
}
