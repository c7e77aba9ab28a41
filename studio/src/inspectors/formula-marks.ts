import {
  type EditorState,
  StateEffect,
  StateField,
  type Extension,
  type Range,
} from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, hoverTooltip } from '@codemirror/view'
import { type Token, tokenize } from '@trellis/metamodel'

/** Something that is wrong at a place, in the reader's words. */
export interface FormulaFault {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** Tells the editor what is wrong with its text. */
export const setFaults = StateEffect.define<readonly FormulaFault[]>()

/** The colours of a formula, its brackets, and what is wrong with it, at its place. */
export function formulaMarks(): Extension {
  return [coloured, faults, hoverTooltip(faultAt, { hideOnChange: true })]
}

const WORDS: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT', 'IN', 'TRUE', 'FALSE', 'NULL'])
const marks = Object.fromEntries(
  ['number', 'text', 'word', 'call', 'field', 'sign', 'note', 'bracket'].map((name) => [
    name,
    Decoration.mark({ class: `formula-${name}` }),
  ]),
)

const coloured = StateField.define<DecorationSet>({
  create: colour,
  update: (before, change) =>
    change.docChanged || change.selection ? colour(change.state) : before,
  provide: (field) => EditorView.decorations.from(field),
})

function colour(state: EditorState): DecorationSet {
  const text = state.doc.toString()
  const { tokens } = tokenize(text)
  const beside = bracketsAt(tokens, state.selection.main.head)
  const found: Range<Decoration>[] = []
  let end = 0
  for (const [index, token] of tokens.entries()) {
    found.push(...notesIn(text, end, token.from))
    end = token.to
    const kind = beside.has(token) ? 'bracket' : colourOf(token, tokens[index + 1])
    const mark = marks[kind]
    if (mark && token.to > token.from) found.push(mark.range(token.from, token.to))
  }
  return Decoration.set(found, true)
}

/** Between two tokens there are blanks and comments only. */
function notesIn(text: string, from: number, to: number): Range<Decoration>[] {
  const { note } = marks
  if (!note || !text.slice(from, to).includes('/*')) return []
  const start = text.indexOf('/*', from)
  const last = text.lastIndexOf('*/', to)
  return last > start ? [note.range(start, last + 2)] : []
}

function colourOf(token: Token, next: Token | undefined): string {
  if (token.kind !== 'name') return token.kind === 'path' ? 'field' : token.kind
  if (WORDS.has(token.text.toUpperCase())) return 'word'
  return next?.kind === 'sign' && next.text === '(' ? 'call' : 'field'
}

/** The bracket beside the cursor and the one that belongs to it. */
function bracketsAt(tokens: readonly Token[], at: number): ReadonlySet<Token> {
  const open: Token[] = []
  for (const token of tokens) {
    if (token.kind !== 'sign') continue
    if (token.text === '(') open.push(token)
    if (token.text !== ')') continue
    const partner = open.pop()
    if (partner && [partner, token].some(({ from, to }) => from === at || to === at)) {
      return new Set([partner, token])
    }
  }
  return new Set()
}

interface Faults {
  readonly all: readonly FormulaFault[]
  readonly marks: DecorationSet
}

const faultMark = Decoration.mark({ class: 'formula-fault' })

const faults = StateField.define<Faults>({
  create: () => ({ all: [], marks: Decoration.none }),
  update: (before, change) => {
    const told = change.effects.find((effect) => effect.is(setFaults))
    if (told?.is(setFaults)) return marked(told.value, change.state.doc.length)
    if (!change.docChanged) return before
    return { ...before, marks: before.marks.map(change.changes) }
  },
  provide: (field) => EditorView.decorations.from(field, ({ marks: shown }) => shown),
})

/** What is missing has no width of its own: the character before it is underlined. */
function marked(all: readonly FormulaFault[], length: number): Faults {
  const ranges = all.flatMap(({ from, to }) => {
    const end = Math.min(Math.max(to, from + 1), length)
    const start = Math.min(from, Math.max(end - 1, 0))
    return end > start ? [faultMark.range(start, end)] : []
  })
  return { all, marks: Decoration.set(ranges, true) }
}

function faultAt(view: EditorView, at: number): ReturnType<Parameters<typeof hoverTooltip>[0]> {
  const { all, marks: shown } = view.state.field(faults)
  let place: { from: number; to: number } | undefined
  shown.between(at, at, (from, to) => {
    place = { from, to }
  })
  const told = all.filter(({ from, to }) => from - 1 <= at && at <= Math.max(to, from + 1))
  if (!place || told.length === 0) return null
  return {
    pos: place.from,
    end: place.to,
    create: () => {
      const dom = document.createElement('div')
      dom.className = 'formula-told'
      dom.textContent = told.map(({ text }) => text).join('\n')
      return { dom }
    },
  }
}
