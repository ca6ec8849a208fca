// The limit of a pass: the same bytes, fetched over one connection and parsed, with nothing done: `node raw.mjs URL COUNT`.
import { Agent, get } from "node:http";
const [url, count] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
for (let index = 0; index < Number(count); index++) {
  const text = await new Promise((resolve, reject) => {
    const request = get(`${url}/${index}`, { agent }, (response) => {
      const pieces = [];
      response.on("data", (piece) => pieces.push(piece));
      response.on("end", () => resolve(Buffer.concat(pieces).toString("utf8")));
    });
    request.on("error", reject);
  });
  JSON.parse(text);
}
process.exit();
