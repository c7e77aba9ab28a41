import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Database } from '@trellis/server/db'

/** A server with a hole, to see that the scanner would find one. */
export interface PlantedHole {
  readonly address: string
  stop(): Promise<void>
}

/** Answers `/?name=` with a statement into which the name is written as it comes. */
export async function plantHole(db: Database): Promise<PlantedHole> {
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? '', 'http://127.0.0.1').searchParams.get('name') ?? ''
    void answer(db, name, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function answer(db: Database, name: string, response: ServerResponse): Promise<void> {
  response.setHeader('content-type', 'application/json')
  try {
    const rows = await db.query(`select name from main.product where name = '${name}'`)
    response.end(JSON.stringify({ rows }))
  } catch (error) {
    response.statusCode = 500
    response.end(JSON.stringify({ error: String(error) }))
  }
}
