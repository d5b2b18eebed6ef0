// What a program with the vendor's npm client does, told as a line of JSON a step: `node cm.mjs BASE TOKEN`.
import sdk from '@cmdotcom/text-sdk'

const [base, token] = process.argv.slice(2)
const to = ['0033612345678']

async function tell (step, message) {
  message.api.basePath = base
  try {
    const { status, data } = await message.send()
    console.log(JSON.stringify({ step, status, body: data }))
  } catch (error) {
    console.log(JSON.stringify({ step, status: error.response?.status, body: error.response?.data, text: String(error) }))
  }
}

const client = new sdk.MessageApiClient(token)
const one = (text, numbers = to, reference = undefined) => client.createMessage().setMessage(numbers, 'Chappe', text, reference)

await tell('one', one('Hello from npm', to, 'npm1'))
await tell('many', one('Hello all', [...to, '0032470123456', '0031612345678']))
await tell('unicode', one('Привет 👋'))
await tell('multipart', one('Я'.repeat(133)))
await tell('channels', one('Push or SMS').setAllowedChannels(['Push', 'SMS']))
await tell('no channel', one('Only Viber').setAllowedChannels(['Viber']))
await tell('rich', one('Fallback').setAllowedChannels(['RCS', 'WhatsApp'])
  .setConversation([{ text: 'Look', header: 'New', media: { mediaName: 'logo', mediaUri: 'https://example.org/a.png', mimeType: 'image/png' } }])
  .setSuggestion([{ action: 'Reply', label: 'Yes', postbackdata: 'yes' }, { action: 'openUrl', label: 'See', url: 'https://example.org' },
    { action: 'CreateCalendarEvent', label: 'Note', calendar: { startTime: new Date(Date.UTC(2026, 1, 5, 7)), endTime: new Date(Date.UTC(2026, 1, 5, 8)), title: 'Visit', description: 'Shop' } }]))
await tell('template', one('').setAllowedChannels(['WhatsApp'])
  .setTemplate({ whatsapp: { namespace: '11111111_2222_3333', elementName: 'ticket', language: { policy: 'deterministic', code: 'en' }, components: [] } }))
await tell('empty', one(''))
await tell('bad token', new sdk.MessageApiClient('99999999-9999-4999-8999-999999999999').createMessage().setMessage(to, 'Chappe', 'x'))
