import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

import { SMTPServer } from 'smtp-server'

/** A letter as a mail server takes it in. */
export interface Letter {
  readonly to: readonly string[]
  /** The whole of it, headers and all, as it came over the wire. */
  readonly source: string
}

/** A mail server on this machine that keeps what it is given. */
export class Mailbox {
  readonly url: string
  readonly letters: Letter[]
  readonly #server: SMTPServer

  private constructor(server: SMTPServer, letters: Letter[]) {
    const { port } = server.server.address() as AddressInfo
    this.url = `smtp://127.0.0.1:${port}`
    this.letters = letters
    this.#server = server
  }

  static async open(): Promise<Mailbox> {
    const letters: Letter[] = []
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData(stream, { envelope }, done) {
        text(stream).then((source) => {
          letters.push({ to: envelope.rcptTo.map(({ address }) => address), source })
          done()
        }, done)
      },
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    return new Mailbox(server, letters)
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(resolve)
    })
  }
}

/** The text of a letter, its transfer encoding undone. */
export function letterText({ source }: Letter): string {
  const [head = '', ...rest] = source.split('\r\n\r\n')
  const body = rest.join('\r\n\r\n')
  if (/^content-transfer-encoding: base64/im.test(head)) {
    return Buffer.from(body, 'base64').toString('utf8')
  }
  if (!/^content-transfer-encoding: quoted-printable/im.test(head)) return body
  const bytes = body
    .replaceAll('=\r\n', '')
    .replaceAll(/=([\dA-F]{2})/g, (_all, hex: string) =>
      String.fromCodePoint(Number.parseInt(hex, 16)),
    )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
