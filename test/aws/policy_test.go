package aws_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	template "tocsin/deploy/cloudformation"
)

// The emulator makes no queue policy and no bus policy from a template, and
// grants everything to everybody; so what opens and closes doors is read from
// the text. A short form such as !GetAtt Key.Arn stands here as its argument.

type statement struct {
	Sid, Effect                 string
	Principal, Action, Resource any
	Condition                   map[string]map[string]any
}

type document struct{ Statement []statement }

// UnmarshalJSON reads a statement that stands under a condition as if the
// condition held.
func (s *statement) UnmarshalJSON(text []byte) error {
	type plain statement
	var maybe struct {
		If []json.RawMessage `json:"Fn::If"`
	}
	if err := json.Unmarshal(text, &maybe); err == nil && len(maybe.If) == 3 {
		text = maybe.If[1]
	}
	return json.Unmarshal(text, (*plain)(s))
}

// ourRules are all rules of the template, as the queue's policy names them.
func ourRules() []any {
	var arns []any
	for _, name := range []string{
		"SecurityHub", "SecurityHubV2", "GuardDuty", "Malware", "Inspector", "Macie", "AccessAnalyzer", "Health", "SignIn", "ApiCall", "IncidentResponse",
	} {
		arns = append(arns, name+"Rule.Arn")
	}
	return append(arns, []any{"HasBucket", "ObjectRule.Arn", "AWS::NoValue"})
}

func TestTheQueueTakesATopicsMessagesAsTheyAre(t *testing.T) {
	t.Parallel()
	p := resources(t)["TopicSubscription"].Properties
	if p.TopicARN != "TopicArn" || p.Protocol != "sqs" || p.Endpoint != "Queue.Arn" || !p.RawMessageDelivery {
		t.Errorf("%+v", p)
	}
}

// A rule that the queue's policy forgets sends to the dead-letter queue only.
func TestEveryRuleMaySend(t *testing.T) {
	t.Parallel()
	n := 0
	for _, r := range resources(t) {
		if r.Type == "AWS::Events::Rule" {
			n++
		}
	}
	if n != len(ourRules()) {
		t.Errorf("%d rules, %d of them may send", n, len(ourRules()))
	}
}

type resource struct {
	Type, Condition string
	Properties      struct {
		Queues                                              []string
		KeyPolicy, PolicyDocument, AssumeRolePolicyDocument document
		Statement                                           statement

		// Of a subscription, which the emulator does not make either.
		TopicARN, Protocol, Endpoint string
		RawMessageDelivery           bool
	}
}

func resources(t *testing.T) map[string]resource {
	t.Helper()
	var root yaml.Node
	if err := yaml.Unmarshal(template.Template("feed"), &root); err != nil {
		t.Fatal(err)
	}
	dropTags(&root)
	var tree any
	if err := root.Decode(&tree); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Resources map[string]resource }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all.Resources
}

func dropTags(n *yaml.Node) {
	if len(n.Tag) > 1 && n.Tag[0] == '!' && n.Tag[1] != '!' {
		n.Tag = ""
	}
	for _, child := range n.Content {
		dropTags(child)
	}
}

func TestTheDoorsAreAsNarrowAsTheyLook(t *testing.T) {
	t.Parallel()
	all := resources(t)
	type door = map[string]statement
	both := []any{"Queue.Arn", "Dlq.Arn"}
	cases := []struct {
		name string
		got  []statement
		want door
	}{
		{"only our rules write to the queues, and nobody reads them in the clear", all["QueuePolicy"].Properties.PolicyDocument.Statement, door{
			"OnlyTheseRulesSend": {
				Effect: "Allow", Principal: map[string]any{"Service": "events.amazonaws.com"}, Action: "sqs:SendMessage", Resource: both,
				Condition: map[string]map[string]any{"ArnEquals": {"aws:SourceArn": ourRules()}},
			},
			"OnlyThisTopicSends": {
				Effect: "Allow", Principal: map[string]any{"Service": "sns.amazonaws.com"}, Action: "sqs:SendMessage", Resource: "Queue.Arn",
				Condition: map[string]map[string]any{"ArnEquals": {"aws:SourceArn": "TopicArn"}},
			},
			"TlsOnly": {
				Effect: "Deny", Principal: "*", Action: "sqs:*", Resource: both,
				Condition: map[string]map[string]any{"Bool": {"aws:SecureTransport": "false"}},
			},
		}},
		{"the bus takes events of the one organization", []statement{all["OrganizationBusPolicy"].Properties.Statement}, door{
			"": {
				Effect: "Allow", Principal: "*", Action: "events:PutEvents",
				Resource:  "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default",
				Condition: map[string]map[string]any{"StringEquals": {"aws:PrincipalOrgID": "OrganizationId"}},
			},
		}},
		{"the role is assumed with the external id", all["ReaderRole"].Properties.AssumeRolePolicyDocument.Statement, door{
			"OnlyWithTheExternalId": {
				Effect: "Allow", Principal: map[string]any{"AWS": "TrustedPrincipalArn"}, Action: "sts:AssumeRole",
				Condition: map[string]map[string]any{"StringEquals": {"sts:ExternalId": "ExternalId"}},
			},
			"SessionsNameThePersonBehindThem": {
				Effect: "Allow", Principal: map[string]any{"AWS": "TrustedPrincipalArn"}, Action: []any{"sts:TagSession", "sts:SetSourceIdentity"},
			},
		}},
		{"the reader reads its queue and nothing else", all["FeedPolicy"].Properties.PolicyDocument.Statement, door{
			"ReadTheQueue": {
				Effect: "Allow", Resource: "Queue.Arn",
				Action: []any{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"},
			},
			"WatchTheDeadLetterQueue": {Effect: "Allow", Resource: "Dlq.Arn", Action: []any{"sqs:GetQueueAttributes", "sqs:GetQueueUrl"}},
			"ReadWhatIsEncrypted":     {Effect: "Allow", Resource: "Key.Arn", Action: "kms:Decrypt"},
		}},
		{"who reads objects reads those of the bucket", all["ObjectPolicy"].Properties.PolicyDocument.Statement, door{
			"ReadTheObjects": {
				Effect: "Allow", Action: []any{"s3:GetObject", "s3:GetObjectVersion"}, Resource: "arn:${AWS::Partition}:s3:::${BucketName}/${ObjectPrefix}*",
			},
			"ReadEncryptedObjects": {Effect: "Allow", Resource: []any{"HasObjectKey", "ObjectKeyArn", "Key.Arn"}, Action: "kms:Decrypt"},
		}},
		{"who reconciles reads findings", all["ReconcilePolicy"].Properties.PolicyDocument.Statement, door{
			"FindWhatTheQueueLost": {
				Effect: "Allow", Action: "securityhub:GetFindings", Resource: "arn:${AWS::Partition}:securityhub:${AWS::Region}:${AWS::AccountId}:hub/default",
			},
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := door{}
			for _, s := range c.got {
				sid := s.Sid
				s.Sid = ""
				got[sid] = s
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatIsOptionalIsConditional(t *testing.T) {
	t.Parallel()
	all := resources(t)
	for name, want := range map[string]string{
		"OrganizationBusPolicy": "HasOrganization", "ReaderRole": "HasReader", "ObjectRule": "HasBucket", "ObjectPolicy": "HasBucket", "ReconcilePolicy": "MayReconcile", "TopicSubscription": "HasTopic", "FeedPolicy": "", "Queue": "",
	} {
		if got := all[name].Condition; all[name].Type == "" || got != want {
			t.Errorf("%s (%s) is made under condition %q, want %q", name, all[name].Type, got, want)
		}
	}
	if diff := cmp.Diff([]string{"Queue", "Dlq"}, all["QueuePolicy"].Properties.Queues); diff != "" {
		t.Error(diff)
	}
}
