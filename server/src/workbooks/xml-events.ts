import type { Readable } from 'node:stream'

import { SaxesParser } from 'saxes'

/** What an XML document consists of, one after another. Names come without their prefixes. */
export type XmlEvent =
  | { is: 'open'; name: string; attributes: Readonly<Record<string, string>> }
  | { is: 'close'; name: string }
  | { is: 'text'; text: string }

/**
 * Reads XML as it comes, in batches, so that memory stays as it is however long the document is. Entities that a
 * document declares itself are not looked up.
 * @throws Error for what is no well-formed XML in UTF-8
 */
export async function* readXml(stream: Readable): AsyncGenerator<readonly XmlEvent[]> {
  let events: XmlEvent[] = []
  const parser = new SaxesParser()
  parser.on('opentag', ({ name, attributes }) => {
    const named = Object.entries(attributes).map(([key, value]) => [localName(key), value])
    events.push({ is: 'open', name: localName(name), attributes: Object.fromEntries(named) })
  })
  parser.on('closetag', ({ name }) => events.push({ is: 'close', name: localName(name) }))
  parser.on('text', (text) => events.push({ is: 'text', text }))
  parser.on('cdata', (text) => events.push({ is: 'text', text }))
  parser.on('error', (error) => {
    throw error
  })
  const decoder = new TextDecoder('utf-8', { fatal: true })
  for await (const bytes of stream) {
    parser.write(decoder.decode(bytes as Buffer, { stream: true }))
    if (events.length > 0) yield events
    events = []
  }
  parser.write(decoder.decode()).close()
  if (events.length > 0) yield events
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
