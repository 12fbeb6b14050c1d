"""Signs in by the generated client and reads the one account there is."""

import os
import sys

# The client was generated into the folder this is run in.
sys.path.insert(0, os.getcwd())

from dashtam_client import AuthenticatedClient, Client
from dashtam_client.api.accounts import accounts_list
from dashtam_client.api.auth import sign_in_with_password
from dashtam_client.models import LoginBody

base, email, password, account = sys.argv[1:]
session = sign_in_with_password.sync(client=Client(base_url=base), body=LoginBody(email=email, password=password))
client = AuthenticatedClient(base_url=base, token=session.access_token)
page = accounts_list.sync(client=client, limit=10)
assert [str(item.id) for item in page.items] == [account], page
print("the Python client signed in and read the account")
