import type { FormulaProblem, Range } from './syntax.ts'

/** A word, sign or value of a formula's text. */
export interface Token extends Range {
  readonly kind: 'number' | 'text' | 'name' | 'path' | 'sign' | 'end'
  /** The sign or name in its one spelling, the content of a text. */
  readonly text: string
}

/** A text as tokens, the last of which is the end. */
export interface Tokens {
  readonly tokens: readonly Token[]
  readonly problems: readonly FormulaProblem[]
}

const SPACE = /[\s\u00a0\u3000\ufeff]+/y
const COMMENT = /\/\*[\s\S]*?\*\//y
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?%?/y
// `Owner:User.Id` names the type of what a field refers to; `{!path}` is how flows write a path, and how one is written
// that is a word of the language.
const NAME =
  /\$?[\p{L}_][\p{L}\p{N}_]*(?::[\p{L}_][\p{L}\p{N}_]*)?(?:\.[\p{L}_][\p{L}\p{N}_]*(?::[\p{L}_][\p{L}\p{N}_]*)?)*/uy
const MERGE = /\{!([^{}\n]{1,500})\}/y
const SIGN = /\|\||&&|==|<>|!=|<=|>=|[-+*/^&=<>!(),]/y

/** What Chinese keyboards type for the signs of a formula. */
const FULL_WIDTH = new Map([
  ['（', '('],
  ['）', ')'],
  ['，', ','],
  ['＋', '+'],
  ['－', '-'],
  ['×', '*'],
  ['÷', '/'],
  ['＝', '='],
  ['≠', '<>'],
  ['＜', '<'],
  ['＞', '>'],
  ['≤', '<='],
  ['≥', '>='],
  ['＆', '&'],
  ['！', '!'],
])
const SPELLINGS = new Map([
  ['==', '='],
  ['!=', '<>'],
])
const QUOTES = new Map([
  ['"', '"'],
  ["'", "'"],
  ['“', '”'],
  ['‘', '’'],
])
const ESCAPES = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])

/** Where in a text the reading is. */
interface Reader {
  readonly text: string
  at: number
  readonly tokens: Token[]
  readonly problems: FormulaProblem[]
}

/** Cuts a formula's text into tokens, in one pass. What is no token is noted and passed over. */
export function tokenize(text: string): Tokens {
  const reader: Reader = { text, at: 0, tokens: [], problems: [] }
  while (reader.at < text.length) {
    if (!skip(reader)) readToken(reader)
  }
  reader.tokens.push({ kind: 'end', text: '', from: text.length, to: text.length })
  return { tokens: reader.tokens, problems: reader.problems }
}

function match(reader: Reader, pattern: RegExp): RegExpExecArray | null {
  pattern.lastIndex = reader.at
  return pattern.exec(reader.text)
}

function skip(reader: Reader): boolean {
  const found = match(reader, SPACE) ?? match(reader, COMMENT)
  if (found !== null) {
    reader.at += found[0].length
    return true
  }
  if (!reader.text.startsWith('/*', reader.at)) return false
  note(reader, 'unfinished_comment', reader.text.length, [
    'The comment has no end "*/"',
    '注释缺少结尾“*/”',
  ])
  return true
}

function note(
  reader: Reader,
  code: string,
  to: number,
  [en, zh]: readonly [en: string, zh: string],
): void {
  reader.problems.push({ code, from: reader.at, to, message: { 'en-US': en, 'zh-CN': zh } })
  reader.at = to
}

function push(reader: Reader, kind: Token['kind'], text: string, length: number): void {
  reader.tokens.push({ kind, text, from: reader.at, to: reader.at + length })
  reader.at += length
}

function readToken(reader: Reader): void {
  const first = reader.text.charAt(reader.at)
  if (QUOTES.has(first)) return readText(reader)
  const wide = FULL_WIDTH.get(first)
  if (wide !== undefined) return push(reader, 'sign', wide, 1)
  const number = match(reader, NUMBER)
  if (number !== null) return push(reader, 'number', number[0], number[0].length)
  const name = match(reader, NAME)
  if (name !== null) return push(reader, 'name', pathOf(name[0]), name[0].length)
  const merge = match(reader, MERGE)
  if (merge !== null) return push(reader, 'path', pathOf(merge[1] ?? ''), merge[0].length)
  const sign = match(reader, SIGN)
  if (sign !== null) {
    return push(reader, 'sign', SPELLINGS.get(sign[0]) ?? sign[0], sign[0].length)
  }
  const character = String.fromCodePoint(reader.text.codePointAt(reader.at) ?? 0)
  note(reader, 'unknown_character', reader.at + character.length, [
    `"${character}" has no meaning in a formula`,
    `“${character}”在公式中没有含义`,
  ])
}

/** A path without what only other systems need: `Owner:User.Id` is `Owner.Id`. */
function pathOf(written: string): string {
  return written.replaceAll(/%%%\w+%%%/g, '').replaceAll(/:[\p{L}_][\p{L}\p{N}_]*/gu, '')
}

/** A text in quotes; a doubled quote and one behind a backslash stand for themselves. */
function readText(reader: Reader): void {
  const { text, at } = reader
  const close = QUOTES.get(text.charAt(at)) ?? '"'
  const pieces: string[] = []
  let index = at + 1
  while (index < text.length) {
    const character = text.charAt(index)
    if (character === close) {
      if (text.charAt(index + 1) !== close) {
        return push(reader, 'text', pieces.join(''), index + 1 - at)
      }
      pieces.push(close)
      index += 2
    } else if (character === '\\' && index + 1 < text.length) {
      pieces.push(escaped(text.charAt(index + 1)))
      index += 2
    } else {
      pieces.push(character)
      index += 1
    }
  }
  reader.tokens.push({ kind: 'text', text: pieces.join(''), from: at, to: text.length })
  note(reader, 'unfinished_text', text.length, [
    `The text has no closing ${close}`,
    `文本缺少结尾的 ${close}`,
  ])
}

// A backslash before anything else stays, so that regular expressions may be typed as they are.
function escaped(character: string): string {
  if (character === '\\' || QUOTES.has(character)) return character
  return ESCAPES.get(character) ?? `\\${character}`
}
