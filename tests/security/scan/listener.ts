import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A place on the loopback interface that a server might be talked into calling. */
export interface Listener {
  /** Such as `http://127.0.0.1:40124/`. */
  readonly address: string
  /** What was called; the scanner's own questions are not among it. */
  readonly calls: readonly string[]
  stop(): Promise<void>
}

/** Listens for calls that a scanner talked a server into; the scanner is told that there were none. */
export async function startListener(): Promise<Listener> {
  const calls: string[] = []
  const server = createServer((request, response) => {
    const url = request.url ?? ''
    if (!url.startsWith('/get_')) calls.push(`${request.method} ${url}`)
    response.setHeader('content-type', 'application/json')
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    calls,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
