package aws

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"tocsin/internal/fault"
)

// queue is one SQS queue to read.
type queue struct {
	name   string // for people, unique within the connection
	url    string
	region string
	// objects are where messages may point to; none: wherever the credentials
	// reach.
	objects []place
	client  *sqs.Client
}

// arn is what policies call the queue.
func (q queue) arn() string {
	parts := strings.Split(strings.TrimRight(q.url, "/"), "/")
	return fmt.Sprintf("arn:%s:sqs:%s:%s:%s", partition(q.region), q.region, parts[len(parts)-2], parts[len(parts)-1])
}

// findQueues checks the queues of the settings and settles each one's region:
// its own setting, else what its URL says, else the connection's.
func findQueues(s settings, fallback string) ([]queue, error) {
	queues := make([]queue, 0, len(s.Feeds))
	names, urls := map[string]bool{}, map[string]bool{}
	for i, f := range s.Feeds {
		at := fmt.Sprintf("settings.feeds[%d]", i)
		q, err := findQueue(at, f, s, fallback)
		if err != nil {
			return nil, err
		}
		if urls[q.url] {
			return nil, fault.Field(at+".queue_url", "is given twice")
		}
		if names[q.name] {
			q.name = fmt.Sprintf("%s #%d", q.name, i+1)
		}
		names[q.name], urls[q.url] = true, true
		queues = append(queues, q)
	}
	return queues, nil
}

func findQueue(at string, f feedSettings, s settings, fallback string) (queue, error) {
	name, urlRegion, err := splitQueueURL(f.QueueURL, s.EndpointURL != "")
	if err != nil {
		return queue{}, fault.Field(at+".queue_url", "%s", err)
	}
	if err := checkRegion(at+".region", f.Region); err != nil {
		return queue{}, err
	}
	if f.Region != "" && urlRegion != "" && f.Region != urlRegion {
		return queue{}, fault.Field(at+".region", "is %s, but the queue's URL says %s", f.Region, urlRegion)
	}
	places, ok := readPlaces(f.Objects)
	if !ok {
		return queue{}, fault.Field(at+".objects", "must be s3://BUCKET/PREFIX, several apart by blanks")
	}
	region := cmp.Or(f.Region, urlRegion, s.Region, fallback)
	if region == "" {
		return queue{}, fault.Field(at+".region", "is required, because neither the URL, the connection nor the environment says it")
	}
	return queue{name: name + " (" + region + ")", url: f.QueueURL, region: region, objects: places}, nil
}

// splitQueueURL returns the queue's name and the region its host names, ""
// where it names none. The URL is an identifier: SQS requests go to the
// region's endpoint with the URL inside, never to the URL's host.
func splitQueueURL(text string, overridden bool) (name, region string, err error) {
	u, err := url.Parse(text)
	if err != nil {
		return "", "", fmt.Errorf("is not a URL")
	}
	if u.Scheme != "https" && !overridden {
		return "", "", fmt.Errorf("must start with https://")
	}
	parts := strings.Split(u.Path, "/")
	if len(parts) < 3 || !regexp.MustCompile(`^[0-9]{12}$`).MatchString(parts[len(parts)-2]) ||
		!regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}(\.fifo)?$`).MatchString(parts[len(parts)-1]) {
		return "", "", fmt.Errorf("must end in /ACCOUNT/QUEUE, such as https://sqs.eu-west-1.amazonaws.com/111122223333/findings")
	}
	for label := range strings.SplitSeq(u.Hostname(), ".") {
		if isRegion(label) {
			region = label
		}
	}
	return parts[len(parts)-1], region, nil
}
