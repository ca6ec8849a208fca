import { DiscoverInstancesCommand, ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { accountHandler } from "../emulators/account.ts";
import { cloudMapHandler } from "../emulators/cloudmap/handler.ts";
import { seedNamespace, seedService } from "../emulators/cloudmap/seed.ts";
import type { Service } from "../emulators/cloudmap/state.ts";
import { createCloudMap } from "../emulators/cloudmap/world.ts";
import type { CloudMapWorld } from "../emulators/cloudmap/world.ts";
import { createEks, eksHandler } from "../emulators/eks/handler.ts";
import { serve } from "../emulators/serve.ts";
import type { Handler } from "../emulators/serve.ts";
import type { ApiServer } from "../support/api-proxy.ts";
import { openReader } from "../support/guide.ts";
import { kubeconfigOfAll } from "../support/kubeconfig.ts";

const KEYS = { AWS_REGION: "us-west-2", AWS_ACCESS_KEY_ID: "demo", AWS_SECRET_ACCESS_KEY: "demo" };

/**
 * A reader of a guide, with an account whose Cloud Map has an empty service `web` in `shop.local`, and whose EKS knows the
 * clusters by their names. The kubeconfig has a context for each; the last is current. Closes with the test.
 *
 * @param others What else the account has, by its signing name.
 */
export async function openGuide(
  clusters: Readonly<Record<string, ApiServer>>,
  service: { readonly hasCustomHealth?: boolean } = {},
  others: (cloudMap: CloudMapWorld, web: Service) => Readonly<Record<string, Handler>> = () => ({}),
) {
  // A moment, as nothing here waits for what happens meanwhile.
  const cloudMap = createCloudMap({ operationDelayMs: 50 });
  const web = seedService(cloudMap, seedNamespace(cloudMap), service);
  const wasEmptied = watchEmptied(cloudMap, web);
  const eks = createEks(...Object.entries(clusters).map(([name, server]) => eksCluster(name, server)));
  const aws = await serve(
    accountHandler({ servicediscovery: cloudMapHandler(cloudMap), eks: eksHandler(eks), ...others(cloudMap, web) }),
  );
  const folder = await mkdtemp(join(tmpdir(), "contexts-"));
  const kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, kubeconfigOfAll(clusters));
  const reader = await openReader(kubeconfig, {
    ...KEYS,
    // The aws CLI of version 1 knows no other.
    AWS_DEFAULT_REGION: KEYS.AWS_REGION,
    AWS_ENDPOINT_URL: aws.url,
    AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
  });
  const credentials = { accessKeyId: KEYS.AWS_ACCESS_KEY_ID, secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY };
  const client = new ServiceDiscoveryClient({
    endpoint: aws.url,
    region: KEYS.AWS_REGION,
    credentials,
    disableHostPrefix: true,
  });
  onTestFinished(async () => {
    client.destroy();
    await Promise.all([reader.close(), aws.close(), rm(folder, { recursive: true })]);
  });
  return {
    cloudMap,
    web,
    reader,
    /** The ids of what a consumer finds, in order. */
    discovered: async (): Promise<readonly string[]> => {
      const asked = new DiscoverInstancesCommand({ NamespaceName: "shop.local", ServiceName: "web" });
      const { Instances = [] } = await client.send(asked);
      return Instances.map(({ InstanceId = "" }) => InstanceId).toSorted();
    },
    /** Whether the name has been empty at any call since it had its first instance. */
    wasEmptied,
  };
}

function watchEmptied(cloudMap: CloudMapWorld, { instances }: Service): () => boolean {
  let isFilled = false;
  let isEmptied = false;
  const look = () => {
    isFilled ||= instances.size > 0;
    isEmptied ||= isFilled && instances.size === 0;
    return undefined;
  };
  cloudMap.options.fault = look;
  return () => {
    look();
    return isEmptied;
  };
}

function eksCluster(name: string, { url, ca }: ApiServer) {
  return { name, arn: `arn:aws:eks:us-west-2:111122223333:cluster/${name}`, endpoint: url, ca };
}
