import { createTransport, type Transporter } from 'nodemailer'

/** A letter as plain text. */
export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** How mail leaves the house. */
export interface MailSettings {
  /** `smtp://user:password@host:587` or `smtps://…:465`; without it no mail is sent. */
  readonly smtpUrl: string | undefined
  /** The sender, such as `Trellis <crm@example.cn>`. */
  readonly mailFrom: string | undefined
}

const TIMEOUT_MS = 10_000
const DEFAULT_SENDER = 'Trellis <no-reply@localhost>'

/** Sends mail by SMTP; where none is set up, says so in the log and nothing of the letter's content. */
export class Mailer {
  readonly #transport: Transporter | undefined
  readonly #from: string
  readonly #log: (line: string) => void

  constructor({ smtpUrl, mailFrom }: MailSettings, log: (line: string) => void) {
    this.#transport = smtpUrl === undefined ? undefined : openTransport(smtpUrl)
    this.#from = mailFrom ?? DEFAULT_SENDER
    this.#log = log
  }

  /** @throws Error when the mail server refuses it or cannot be reached; worth trying again. */
  async send({ to, subject, text }: Mail): Promise<void> {
    if (this.#transport === undefined) {
      this.#log('A mail was not sent: SMTP_URL is not set')
      return
    }
    // The address is taken as one address, whatever it holds.
    await this.#transport.sendMail({
      from: this.#from,
      to: { name: '', address: to },
      subject,
      text,
    })
  }

  close(): void {
    this.#transport?.close()
  }
}

function openTransport(url: string): Transporter {
  return createTransport({
    url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}
