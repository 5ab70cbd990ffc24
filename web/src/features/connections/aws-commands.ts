const stack = "tocsin-feed";

/** Makes or updates the stack from the template that was downloaded. */
export function deployCommand(region: string): string {
  return `aws cloudformation deploy --stack-name ${stack} --template-file tocsin-feed.yaml --capabilities CAPABILITY_IAM${inRegion(region)}`;
}

/** Prints what is to be entered. */
export function outputsCommand(region: string): string {
  return `aws cloudformation describe-stacks --stack-name ${stack} --query "Stacks[0].Outputs" --output table${inRegion(region)}`;
}

// Only what is shaped like a Region goes into something that people paste into a shell.
function inRegion(region: string): string {
  const text = region.trim().toLowerCase();
  return /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/.test(text) ? ` --region ${text}` : "";
}
