package aws

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

// Keep implements connector.Keeper: S3 compares the SHA-256 before it answers.
func (a *account) Keep(ctx context.Context, at connector.Bucket, o connector.Object) error {
	client, err := a.keeping(at)
	if err != nil {
		return err
	}
	if _, err := o.Body.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err = client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &at.Name, Key: aws.String(at.Prefix + o.Name), Body: o.Body, ContentLength: &o.Size,
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256, ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(o.SHA256)),
		ContentType: aws.String("application/octet-stream"),
	})
	return a.keepingError(err, "s3:PutObject", at)
}

// Fetch implements connector.Keeper.
func (a *account) Fetch(ctx context.Context, at connector.Bucket, name string, from, length int64) (io.ReadCloser, error) {
	client, err := a.keeping(at)
	if err != nil {
		return nil, err
	}
	in := &s3.GetObjectInput{Bucket: &at.Name, Key: aws.String(at.Prefix + name)}
	if from > 0 || length >= 0 {
		last := ""
		if length >= 0 {
			last = strconv.FormatInt(from+max(length, 1)-1, 10)
		}
		in.Range = aws.String(fmt.Sprintf("bytes=%d-%s", from, last))
	}
	out, err := client.GetObject(ctx, in)
	if err != nil {
		return nil, a.keepingError(err, "s3:GetObject", at)
	}
	return out.Body, nil
}

// Discard implements connector.Keeper.
func (a *account) Discard(ctx context.Context, at connector.Bucket, name string) error {
	client, err := a.keeping(at)
	if err != nil {
		return err
	}
	_, err = client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &at.Name, Key: aws.String(at.Prefix + name)})
	if err = a.keepingError(err, "s3:DeleteObject", at); fault.Is(err, fault.Missing) {
		return nil
	}
	return err
}

func (a *account) keeping(at connector.Bucket) (*s3.Client, error) {
	if !isRegion(at.Region) {
		return nil, fault.Field("body.region", "%.60q is not a region such as eu-west-1", at.Region)
	}
	return a.store.client(at.Region), nil
}

// keepingError says in one sentence what is wrong, with the name of the right
// that is missing.
func (a *account) keepingError(err error, action string, at connector.Bucket) error {
	var api smithy.APIError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &api):
		return fault.New(fault.Unavailable, "S3 is not reached: %s", a.diagnose.of(err, action, "bucket "+clip(at.Name)).detail).WithSlug("evidence-shelf").Because(err)
	case slices.Contains([]string{"NoSuchKey", "NotFound", "NoSuchVersion"}, api.ErrorCode()):
		return fault.New(fault.Missing, "The object is not in the bucket %s.", clip(at.Name)).Because(err)
	case api.ErrorCode() == "NoSuchBucket":
		return fault.New(fault.Unavailable, "The bucket %s is not there.", clip(at.Name)).WithSlug("evidence-shelf").Because(err)
	}
	return fault.New(fault.Unavailable, "S3 refused: %s", a.diagnose.of(err, action, "bucket "+clip(at.Name)).detail).WithSlug("evidence-shelf").Because(err)
}
