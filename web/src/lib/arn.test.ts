import { expect, it } from "vitest";
import { shortName } from "./arn";

it.each([
  ["arn:aws:ec2:eu-west-1:111122223333:instance/i-0a1b", "instance/i-0a1b"],
  ["arn:aws:s3:::payments", "payments"],
  ["arn:aws:lambda:eu-west-1:111122223333:function:pay:1", "function:pay:1"],
  ["arn:aws:iam", "arn:aws:iam"],
  ["i-0a1b", "i-0a1b"],
])("shortens %s to %s", (uid, short) => {
  expect(shortName(uid)).toBe(short);
});
