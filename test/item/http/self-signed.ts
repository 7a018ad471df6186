/** A certificate that nobody has signed, for `localhost`, and its key. They protect nothing: tests need a TLS server. */
export const SELF_SIGNED = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUaYY0x2xZPnX/yoAc1kkcCU6ykuEwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNjA1MTExMloYDzIxMjYxMTAy
MDUxMTEyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATg+LShx8Q4BOIxhccRbkgdkFXtLxbaqrLJhOqS88UM0Ir/k4M0rU/s
xj+fdviKBWaivMWIsFzpLsxgwmPAac8Co28wbTAdBgNVHQ4EFgQUjLSTqb4oQ4ju
MGho47WyVc6AiycwHwYDVR0jBBgwFoAUjLSTqb4oQ4juMGho47WyVc6AiycwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgbRtAmVYJ4nV4cE7SBZRMIwF8KHezjV0qcfZ3zgL57VYCIQDW
VBA2LCPfpoxg/2rQXWp64gROq9meRMKjdhIyuQlNMg==
-----END CERTIFICATE-----`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqzV7of9KbFiJzqT7
fhvpw4nV7ivAeFGu3P7JQQl5phmhRANCAATg+LShx8Q4BOIxhccRbkgdkFXtLxba
qrLJhOqS88UM0Ir/k4M0rU/sxj+fdviKBWaivMWIsFzpLsxgwmPAac8C
-----END PRIVATE KEY-----`,
}
