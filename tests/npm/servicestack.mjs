// What a program with the npm client does, told as a line of JSON a step: `node servicestack.mjs BASE USER PASSWORD KEY`.
import { JsonServiceClient, ApiResult } from '@servicestack/client'

const [base, user, password, key] = process.argv.slice(2)
const tell = (step, value) => console.log(JSON.stringify({ step, value }))

class SMPPMsgResponse { constructor(init) { Object.assign(this, init) } }
class SendSMPPSmsRequest {
  Messages = []
  constructor(init) { Object.assign(this, init) }
  getTypeName() { return 'SendSMPPSmsRequest' }
  getMethod() { return 'POST' }
  createResponse() { return new SMPPMsgResponse() }
}
class Authenticate {
  constructor(init) { Object.assign(this, init) }
  getTypeName() { return 'Authenticate' }
  getMethod() { return 'POST' }
  createResponse() { return {} }
}
const message = (content, to = '31612345678') => ({ channel: 'sms', to, content })
const one = (...contents) => new SendSMPPSmsRequest({ Messages: contents.map(each => message(each)) })
const failed = error => ({ name: error.constructor.name, status: error.responseStatus })
const refused = async call => { try { return { unexpected: await call() } } catch (error) { return failed(error) } }

JsonServiceClient.toBase64 = text => Buffer.from(text, 'utf8').toString('base64')

const basic = new JsonServiceClient(base)
tell('nobody', await refused(() => basic.post(one('never'))))
basic.setCredentials(user, 'wrong')
tell('wrong password', await refused(() => basic.post(one('never'))))
basic.setCredentials(user, password)
tell('basic', await basic.post(one('npm basic é ☺ 😀')))
tell('user route', await basic.postToUrl('/communication/message/smpp/sms', one('npm user route')))
tell('one is refused', await basic.post(new SendSMPPSmsRequest({ Messages: [message('npm good'), message('x', 'nobody')] })))
tell('no messages', await refused(() => basic.post(new SendSMPPSmsRequest())))
const api = await basic.api(new SendSMPPSmsRequest())
tell('api', { failed: api.failed, code: api.errorCode, field: api.fieldError('Messages')?.message, is: api instanceof ApiResult })
tell('all', await basic.sendAll([one('npm all 1'), one('npm all 2')]))
tell('all fails', await refused(() => basic.sendAll([one('npm all 3'), new SendSMPPSmsRequest()])))
tell('one way', { said: await basic.publish(one('npm one way')) ?? null })
tell('all one way', { said: await basic.sendAllOneWay([one('npm all one way')]) ?? null })
const reply = new JsonServiceClient(base)
reply.basePath = ''
reply.setCredentials(user, password)
tell('json reply', await reply.post(one('npm json reply')))

const bearer = new JsonServiceClient(base)
bearer.bearerToken = key
tell('api key', await bearer.post(one('npm api key')))

const session = new JsonServiceClient(base)
tell('wrong sign in', await refused(() => session.post(new Authenticate({ provider: 'credentials', userName: user, password: 'wrong' }))))
const signed = await session.post(new Authenticate({ provider: 'credentials', userName: user, password, rememberMe: true }))
tell('signed in', { user: signed.userName, roles: signed.roles, cookies: Object.keys(session.cookies).sort() })
tell('session', await session.post(one('npm session')))

const renewed = new JsonServiceClient(base)
const damaged = renewed.bearerToken = signed.bearerToken.slice(0, -4) + 'AAAA'
renewed.refreshToken = signed.refreshToken
tell('refreshed', await renewed.post(one('npm refreshed')))
tell('token is new', renewed.bearerToken !== damaged && renewed.bearerToken.length > 100)
await session.post(new Authenticate({ provider: 'logout' }))
tell('signed out', await refused(() => session.post(one('never'))))
