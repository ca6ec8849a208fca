import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { freePort } from "./ports.ts";

/** moto's emulation of AWS, as a process of its own on loopback. */
export type Moto = { readonly url: string; readonly client: ServiceDiscoveryClient; readonly stop: () => void };

export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const server = spawn("moto_server", ["--host", "127.0.0.1", "--port", String(port)], { stdio: "ignore" });
  const endpoint = `http://127.0.0.1:${port}`;
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new ServiceDiscoveryClient({
    endpoint,
    credentials,
    region: "us-west-2",
    maxAttempts: 1,
    disableHostPrefix: true,
  });
  await untilAnswered(`${endpoint}/moto-api/`);
  return {
    url: endpoint,
    client,
    stop: () => {
      client.destroy();
      server.kill();
    },
  };
}

async function untilAnswered(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const isUp = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return;
    if (tries === 300) throw new Error(`moto_server does not answer at ${url}`);
    await sleep(200);
  }
}
