// A program over the code that the gateway generates: `node program.js BASE KEY`.
import { JsonServiceClient } from '@servicestack/client'
import { SendSMPPSmsRequest, SMPPMessage, SMPPMsgResponse } from './dtos.js'

declare const process: { argv: string[] }
const [base, key] = process.argv.slice(2)
const tell = (step: string, value: unknown) => console.log(JSON.stringify({ step, value }))

const client = new JsonServiceClient(base)
client.bearerToken = key
const request = new SendSMPPSmsRequest({ Messages: [new SMPPMessage({ to: '31612345678', content: 'typescript' })] })
const response: SMPPMsgResponse = await client.send(request)
tell('typescript', response.messages?.[0]?.accepted)

// @ts-ignore - a module without types, as browsers import it
const module = await import('./mjs.mjs')
const message = new module.SMPPMessage({ to: '31612345678', content: 'mjs' })
const other = await client.send(new module.SendSMPPSmsRequest({ Messages: [message] })) as SMPPMsgResponse
tell('mjs', other.messages?.[0]?.accepted)
try {
    await client.send(new SendSMPPSmsRequest())
} catch (error) {
    tell('error', (error as { responseStatus: { errorCode: string } }).responseStatus.errorCode)
}
