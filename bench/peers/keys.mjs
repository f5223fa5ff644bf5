// Writes a new RSA key's public half (key.pem, jwks.json) and a token signed with it (token) into the folder that is named:
// what a bearer needs at Hive Gateway and Hive Router. The private half goes away with this process.
import { createSign, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const into = process.argv[2];
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = Math.floor(Date.now() / 1000);
const claims = { sub: 'ada', iss: 'bench', iat: now, exp: now + 24 * 60 * 60, scope: 'users:read email:read' };
const said = `${part({ alg: 'RS256', typ: 'JWT', kid: 'bench' })}.${part(claims)}`;
const signature = createSign('RSA-SHA256').update(said).sign(privateKey).toString('base64url');
const key = { ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'RS256', use: 'sig' };

writeFileSync(join(into, 'key.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
writeFileSync(join(into, 'jwks.json'), JSON.stringify({ keys: [key] }));
writeFileSync(join(into, 'token'), `${said}.${signature}`);
