package aws_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	template "tocsin/deploy/cloudformation"
)

// rig is one stack in a Region of its own: the emulator is shared, and an
// event reaches every rule on the default bus of its Region.
type rig struct {
	stacks  *cloudformation.Client
	bus     *eventbridge.Client
	queues  *sqs.Client
	name    string
	region  string
	outputs map[string]string
}

func deploy(t *testing.T, region string, parameters map[string]string) *rig {
	t.Helper()
	return deployNamed(t, "feed", region, parameters)
}

// deployNamed deploys one of our templates.
func deployNamed(t *testing.T, name, region string, parameters map[string]string) *rig {
	t.Helper()
	endpoint := os.Getenv("TOCSIN_TEST_MOTO")
	if endpoint == "" {
		t.Skip("TOCSIN_TEST_MOTO is not set: the template is NOT deployed")
	}
	cfg, err := config.LoadDefaultConfig(t.Context(),
		config.WithRegion(region), config.WithBaseEndpoint(endpoint),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "")))
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{
		stacks: cloudformation.NewFromConfig(cfg),
		bus:    eventbridge.NewFromConfig(cfg),
		queues: sqs.NewFromConfig(cfg),
		name:   fmt.Sprintf("tocsin-%d", time.Now().UnixNano()),
		region: region,
	}
	r.create(t, name, parameters)
	t.Cleanup(func() {
		_, _ = r.stacks.DeleteStack(context.Background(), &cloudformation.DeleteStackInput{StackName: &r.name})
	})
	return r
}

func (r *rig) create(t *testing.T, name string, parameters map[string]string) {
	t.Helper()
	in := &cloudformation.CreateStackInput{
		StackName:    &r.name,
		TemplateBody: aws.String(string(template.Template(name))),
		Capabilities: []cfntypes.Capability{cfntypes.CapabilityCapabilityNamedIam},
	}
	for key, value := range parameters {
		in.Parameters = append(in.Parameters, cfntypes.Parameter{ParameterKey: aws.String(key), ParameterValue: aws.String(value)})
	}
	if _, err := r.stacks.CreateStack(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	stack := r.wait(t)
	if stack.StackStatus != cfntypes.StackStatusCreateComplete {
		t.Fatalf("the stack is %s: %s", stack.StackStatus, aws.ToString(stack.StackStatusReason))
	}
	r.outputs = map[string]string{}
	for _, o := range stack.Outputs {
		r.outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
}

func (r *rig) wait(t *testing.T) cfntypes.Stack {
	t.Helper()
	for range 100 {
		out, err := r.stacks.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: &r.name})
		if err != nil {
			t.Fatal(err)
		}
		if out.Stacks[0].StackStatus != cfntypes.StackStatusCreateInProgress {
			return out.Stacks[0]
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("the stack is still in progress after ten seconds")
	return cfntypes.Stack{}
}

// types are the logical ids of the stack with their resource types.
func (r *rig) types(t *testing.T) map[string]string {
	t.Helper()
	out, err := r.stacks.DescribeStackResources(t.Context(), &cloudformation.DescribeStackResourcesInput{StackName: &r.name})
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]string{}
	for _, res := range out.StackResources {
		types[aws.ToString(res.LogicalResourceId)] = aws.ToString(res.ResourceType)
	}
	return types
}

// put sends an event as the named service would; AWS itself lets only its
// services use an aws. source, the emulator lets us.
func (r *rig) put(t *testing.T, source, detailType, detail string) {
	t.Helper()
	out, err := r.bus.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{{
		Source: &source, DetailType: &detailType, Detail: &detail,
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if out.FailedEntryCount != 0 {
		t.Fatalf("the bus refused the event: %+v", out.Entries)
	}
}

// receive drains what the queue holds now; its policy asks for long polls, and
// an emulator has delivered by the time it answered PutEvents.
func (r *rig) receive(t *testing.T) []string {
	t.Helper()
	var bodies []string
	for {
		out, err := r.queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(r.outputs["QueueUrl"]), MaxNumberOfMessages: 10, WaitTimeSeconds: 1,
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return bodies
		}
		for _, m := range out.Messages {
			bodies = append(bodies, aws.ToString(m.Body))
		}
	}
}

func (r *rig) attributes(t *testing.T, url string) map[string]string {
	t.Helper()
	out, err := r.queues.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Attributes
}
