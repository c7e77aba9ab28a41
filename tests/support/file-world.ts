import { encodePng } from '../../server/src/demo/encode-png.ts'
import type { Answer, Caller, TestServer } from './test-server.ts'
import { sendForm, type TestForm } from './upload.ts'

const META = '/api/v1/meta/changesets'

/** An object whose records have files, and people who may do different things with them. */
const COMPONENTS: Readonly<Record<string, object>> = {
  'object/paper__c': { label: 'Paper' },
  'field/paper__c.any__c': { type: 'file', label: 'Anything' },
  'field/paper__c.scan__c': { type: 'file', label: 'Scan', accept: ['pdf', 'image'], max_size: 1 },
  'field/paper__c.photo__c': { type: 'image', label: 'Photo', max_width: 64, max_height: 64 },
  'field/paper__c.must__c': {
    type: 'file',
    label: 'Must',
    required_when: { '==': [{ var: 'name' }, 'must'] },
  },
  'permission_set/clerk__c': {
    label: 'Clerk',
    objects: { paper__c: { create: true, read: true, edit: true, delete: true } },
  },
  'permission_set/reader__c': {
    label: 'Reader',
    objects: {
      paper__c: {
        read: true,
        read_scope: 'all',
        field_access: 'read',
        fields: { scan__c: 'masked', photo__c: 'none' },
      },
    },
  },
}

export const PAPERS = '/api/v1/records/paper__c'

/** Publishes the object `paper__c`. */
export async function publishFileWorld({ admin }: TestServer): Promise<void> {
  const set = (await admin.post(META, { label: 'Files' })).body.id
  for (const [name, definition] of Object.entries(COMPONENTS)) {
    const put = await admin.put(`${META}/${set}/${name}`, definition)
    if (put.status !== 200) throw new Error(`${name}: ${put.text}`)
  }
  const answer = await admin.post(`${META}/${set}/publish`, {})
  if (answer.status !== 200) throw new Error(answer.text)
}

/** A picture of one colour. */
export function picture(width = 4, height = 4): Uint8Array<ArrayBuffer> {
  return encodePng(width, height, () => [40, 120, 200])
}

/** Uploads a file and answers as the server did. */
export function upload(
  caller: Caller,
  file: TestForm['file'],
  fileName = 'note.txt',
): Promise<Answer> {
  return sendForm(caller, '/api/v1/files', { file, fileName })
}

/** The id of a file that was uploaded. */
export async function uploaded(
  caller: Caller,
  file: TestForm['file'] = 'hello',
  fileName = 'note.txt',
): Promise<string> {
  const answer = await upload(caller, file, fileName)
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.body.id
}
