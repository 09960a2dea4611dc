"""AWS's global condition keys and the operators of conditions: which operator fits which type of key."""

from typing import Final

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
_BY_TYPE: Final = {
    "ARN": "chatbotsourcearn federatedprovider principalarn signinsessionarn sourcearn sourcevpcarn",
    "Bool": "multifactorauthpresent principalisawsservice securetransport viaawsservice assumedroot ismcpserviceaction",
    "Date": "currenttime tokenissuetime",
    "EpochTime": "epochtime",
    "IPAddress": "sourceip vpcsourceip ec2instancesourceprivateipv4",
    "Numeric": "multifactorauthage",
    "String": "calledvia calledviafirst calledvialast calledviaawsmcp ec2instancesourcevpc principalaccount principalorgid "
    "principalorgmasteraccountid principalorgpaths principalservicename principalservicenameslist principaltag/* "
    "principaltype referer requestedregion requesttag/* resourceaccount resourceorgid resourceorgpaths resourcetag/* "
    "sourceaccount sourceidentity sourceorgid sourceorgpaths sourceowner sourcevpc sourcevpce tagkeys useragent userid "
    "username vpceaccount vpceorgid vpceorgpaths",
}
GLOBAL: Final = {f"aws:{key}": type_ for type_, keys in _BY_TYPE.items() for key in keys.split()}
"""Pattern of a global key in lower case -> its type."""

FOREIGN: Final = (
    *("ec2:roledelivery", "ec2:sourceinstancearn", "glue:credentialissuingservice", "glue:roleassumedby"),
    *("lambda:sourcefunctionarn", "ssm:sourceinstancearn"),
)
"""Keys that name where a call comes from, whatever service it is for."""

_TEXT: Final = ("String", "ARN", "Bool", "ArrayOfString", "ArrayOfARN", "ArrayOfBool")
_EVERY_TYPE: Final = (*_TEXT, "Date", "EpochTime", "IPAddress", "Numeric")

# Operator without IfExists and set prefix -> types of key that it compares. Text operators fit ARNs and "true", and ARN
# operators the many keys that AWS calls strings and that hold an ARN.
OPERATORS: Final = {
    **dict.fromkeys(("stringequals", "stringnotequals", "stringlike", "stringnotlike"), _TEXT),
    **dict.fromkeys(("stringequalsignorecase", "stringnotequalsignorecase"), _TEXT),
    **dict.fromkeys(("arnequals", "arnnotequals", "arnlike", "arnnotlike"), _TEXT),
    **dict.fromkeys(("ipaddress", "notipaddress"), ("IPAddress",)),
    "bool": ("Bool", "ArrayOfBool", "String"),
    "binaryequals": ("Binary", "String"),
    "null": _EVERY_TYPE,
    **{
        f"{family}{comparison}": types
        for family, types in (("numeric", ("Numeric", "EpochTime")), ("date", ("Date", "EpochTime")))
        for comparison in ("equals", "notequals", "lessthan", "lessthanequals", "greaterthan", "greaterthanequals")
    },
}
