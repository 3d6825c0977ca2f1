// The page of tests/journeys/test_uppy.py: Uppy with the function of the README, in `readme.mjs`.
import Uppy from "@uppy/core";
import { uploadTo } from "./readme.mjs";

window.begin = (api, token) => {
  const uppy = new Uppy();
  const ask = async (query, variables) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
    const answer = await fetch(`${api}/graphql`, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
    const { data, errors } = await answer.json();
    if (errors) throw new Error(errors[0].message);
    return data;
  };
  uploadTo(api, uppy, { ask, accessToken: () => token });
  window.uppy = uppy;
};

// Uploads the file at `path`; `interrupt(uppy, id)` is called once, after the first part. Gives the key, or null.
window.send = async (path, type, interrupt) => {
  const { uppy } = window;
  const id = uppy.addFile({ name: path, type, data: await (await fetch(path)).blob() });
  if (interrupt) uppy.once("s3-multipart:part-uploaded", () => interrupt(uppy, id));
  const { successful, failed } = await uppy.upload();
  if (failed.length) throw new Error(failed[0].error);
  return successful[0]?.response.body.key ?? null;
};
